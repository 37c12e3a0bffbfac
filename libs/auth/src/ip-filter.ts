/** Which addresses may come to a hub (security-limits.md section 6). */
export interface IpFilterRule {
  readonly filterName: string;
  readonly action: 'Accept' | 'Reject';
  /** IPv4 in CIDR notation. */
  readonly ipMask: string;
}
