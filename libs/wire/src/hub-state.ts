/**
 * `activating`: stored, its topic not yet sure. `active`: in service. `deleting`: nothing of it
 * authenticates any more; its topic, then its rows go.
 */
export type HubState = 'activating' | 'active' | 'deleting';
