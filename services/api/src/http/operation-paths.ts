/** The paths below which operations stand. Segments in braces are parameters. */

const device = '/devices/{deviceId}';
const module = `${device}/modules/{moduleId}`;
const deviceTwin = '/twins/{deviceId}';
const digitalTwin = '/digitaltwins/{deviceId}';
const command = 'commands/{command}';
const moduleTwin = `${deviceTwin}/modules/{moduleId}`;
const provider = '/subscriptions/{subscriptionId}/providers/Microsoft.Devices';
const hubsOfGroup =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.Devices/IotHubs';

export const paths = {
  device,
  module,
  deviceMessages: `${device}/messages/deviceBound`,
  moduleMessages: `${module}/messages/deviceBound`,
  deviceMessageQueue: `${device}/commands`,
  feedback: '/messages/serviceBound/feedback',
  fileNotifications: '/messages/serviceBound/filenotifications',
  builtInEndpoint: '/messages/events',
  deviceTwin,
  moduleTwin,
  digitalTwin,
  deviceCommand: `${digitalTwin}/${command}`,
  componentCommand: `${digitalTwin}/components/{component}/${command}`,
  deviceMethods: `${deviceTwin}/methods`,
  moduleMethods: `${moduleTwin}/methods`,
  provider,
  hubsOfGroup,
  hub: `${hubsOfGroup}/{name}`,
} as const;
