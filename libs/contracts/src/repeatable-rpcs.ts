import { CloudToDeviceMessagesService } from './gen/linchpin/cloud_to_device/v1/cloud_to_device_messages.js';
import { FileUploadsService } from './gen/linchpin/file_upload/v1/file_uploads.js';
import { IdentityJobsService } from './gen/linchpin/file_upload/v1/identity_jobs.js';
import { AuditLogService } from './gen/linchpin/registry/v1/audit.js';
import { CertificatesService } from './gen/linchpin/registry/v1/certificates.js';
import { ConsumerGroupsService } from './gen/linchpin/registry/v1/consumer_groups.js';
import { EdgeAccessService } from './gen/linchpin/registry/v1/edge.js';
import { HubAdministrationService } from './gen/linchpin/registry/v1/hub.js';
import { IdentityPagesService } from './gen/linchpin/registry/v1/identity_pages.js';
import { RecipientsService } from './gen/linchpin/registry/v1/recipients.js';
import { RegistryService } from './gen/linchpin/registry/v1/registry.js';
import { UploadSettingsService } from './gen/linchpin/registry/v1/upload_settings.js';
import { TwinQueriesService } from './gen/linchpin/twin/v1/query.js';
import { DeviceTwinsService, TwinsService } from './gen/linchpin/twin/v1/twin.js';

/**
 * What a client may send again when the server was not there to answer: reading, and what a repetition
 * finds done. An identity that was created or updated by an unanswered call would be a conflict, and a job
 * would be made twice.
 */
export const repeatableRpcs = [
  RegistryService.authenticateDevice.path,
  RegistryService.authorizeService.path,
  RegistryService.resolveHub.path,
  EdgeAccessService.authorizeEdge.path,
  RegistryService.getIdentity.path,
  RegistryService.listDevices.path,
  RegistryService.listModules.path,
  RegistryService.getStatistics.path,
  HubAdministrationService.createHub.path,
  HubAdministrationService.getHub.path,
  HubAdministrationService.listHubs.path,
  HubAdministrationService.countHubs.path,
  HubAdministrationService.listPolicies.path,
  CertificatesService.listCertificates.path,
  CertificatesService.getCertificate.path,
  AuditLogService.listAuditEntries.path,
  ConsumerGroupsService.listConsumerGroups.path,
  ConsumerGroupsService.createConsumerGroup.path,
  IdentityPagesService.getHubGeneration.path,
  IdentityPagesService.countIdentities.path,
  IdentityPagesService.listIdentities.path,
  IdentityJobsService.getJob.path,
  IdentityJobsService.listJobs.path,
  IdentityJobsService.cancelJob.path,
  RecipientsService.getRecipient.path,
  UploadSettingsService.getUploadSettings.path,
  FileUploadsService.completeUpload.path,
  CloudToDeviceMessagesService.countMessages.path,
  TwinsService.getTwin.path,
  DeviceTwinsService.getProperties.path,
  TwinQueriesService.runQuery.path,
] as const;
