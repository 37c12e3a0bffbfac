import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { IdentityJobs } from '../domain/identity-jobs.js';
import { answerJson } from './answer.js';
import { formatJob, jobSchema, parseJobWork } from './job-json.js';
import { readJsonBody } from './json-body.js';
import { hubOf } from './request-context.js';

/** Import and export jobs (service-rest.md section 5). */
@Controller('jobs')
export class JobsController {
  constructor(@Inject('IdentityJobs') private readonly jobs: IdentityJobs) {}

  @Post('create')
  async create(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const work = parseJobWork(await readJsonBody(request, response, jobSchema));
    const job = await this.jobs.create(hubOf(request), work);
    answerJson({ request, response }, 200, formatJob(job));
  }

  @Get()
  async list(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const jobs = await this.jobs.list(hubOf(request));
    answerJson({ request, response }, 200, jobs.map(formatJob));
  }

  @Get('{jobId}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('jobId') jobId: string,
  ): Promise<void> {
    answerJson({ request, response }, 200, formatJob(await this.jobs.get(hubOf(request), jobId)));
  }

  /** If-Match is ignored: .NET sends the job's id as a tag (section 1.4). */
  @Delete('{jobId}')
  async cancel(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param('jobId') jobId: string,
  ): Promise<void> {
    const job = await this.jobs.cancel(hubOf(request), jobId);
    answerJson({ request, response }, 200, formatJob(job));
  }
}
