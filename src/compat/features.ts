import type { FastifyPluginCallback } from 'fastify';
import { catalogueEntryNamed } from '../core/catalogue.ts';
import type { CompatPorts } from './ports.ts';
import { settingRow } from './system-settings.ts';

/** What Curfew has of what the clients ask for at their start; the rest of DuploCloud is off. */
const FEATURES = {
  IsOtpNeeded: false,
  IsKatkitEnabled: false,
  IsSignupEnabled: false,
  IsComplianceEnabled: false,
  IsBillingEnabled: false,
  IsSiemEnabled: false,
  IsAwsCloudEnabled: false,
  IsAzureCloudEnabled: false,
  IsGoogleCloudEnabled: false,
  IsAwsAdminJITEnabled: false,
  IsDuploOpsEnabled: false,
  IsTagsBasedResourceMgmtEnabled: false,
  TenantNameMaxLength: 40,
  DuploShellFqdn: '',
  ResourceNamePrefix: 'duploservices',
  EnabledFlags: [],
  AwsRegions: [],
  EksVersions: { DefaultVersion: '', SupportedVersions: [] },
};

/** What the clients ask before anything else: what there is, which also tells them whether a token works. */
export function featuresRoutes({ systemConfig, version }: CompatPorts): FastifyPluginCallback {
  return (app, _options, done) => {
    app.get('/v3/features/system', { config: { access: 'user', activity: false } }, async (request) => {
      const isAdministrator = request.session?.user.role === 'Administrator';
      const settings = await systemConfig.list();
      // Others learn the limits that bind them, and nothing else of what is stored.
      const shown = settings.filter(
        ({ type, key }) => type === 'AppConfig' && (isAdministrator || catalogueEntryNamed(key) !== null),
      );
      return { ...FEATURES, AppConfigs: shown.map(settingRow) };
    });
    for (const path of ['/v3/version', '/build-metadata.json', '/frontdoor/build-metadata.json']) {
      app.get(path, { config: { access: 'public' } }, () => ({ Product: 'Curfew', Version: version }));
    }
    done();
  };
}
