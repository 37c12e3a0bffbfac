import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import type { IdentityJobs } from '../domain/identity-jobs.js';
import { answerJson } from './answer.js';
import {
  exportSchema,
  formatHubJob,
  importSchema,
  parseExportWork,
  parseImportWork,
} from './job-json.js';
import { readJsonBody } from './json-body.js';
import { paths } from './operation-paths.js';

interface JobPath extends HubPlace {
  readonly jobId: string;
}

/** Import and export jobs of a hub on the control plane (service-rest.md section 14.4). */
@Controller(paths.hub)
export class HubJobsController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('IdentityJobs') private readonly jobs: IdentityJobs,
  ) {}

  @Post('exportDevices')
  async exportDevices(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const work = parseExportWork(await readJsonBody(request, response, exportSchema));
    const job = await this.jobs.create(hub.name, work);
    answerJson({ request, response }, 200, formatHubJob(job));
  }

  @Post('importDevices')
  async importDevices(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const work = parseImportWork(await readJsonBody(request, response, importSchema));
    const job = await this.jobs.create(hub.name, work);
    answerJson({ request, response }, 200, formatHubJob(job));
  }

  @Get('jobs')
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const jobs = await this.jobs.list(hub.name);
    answerJson({ request, response }, 200, { value: jobs.map(formatHubJob) });
  }

  @Get('jobs/{jobId}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { jobId, ...place }: JobPath,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    answerJson({ request, response }, 200, formatHubJob(await this.jobs.get(hub.name, jobId)));
  }
}
