import { Catch, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { toGrpcFailure } from '../grpc/hub-error-status.js';

/** Lets a failed rpc end with its HubError in trailing metadata. */
@Catch()
export class HubErrorFilter implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => toGrpcFailure(error));
  }
}
