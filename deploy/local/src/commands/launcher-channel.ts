/** What a hub in the background tells the command that launched it, until that has returned. */
export type LauncherMessage =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly text: string };

/** Says nothing when nobody listens (any more). */
export function tellLauncher(message: LauncherMessage): void {
  if (process.connected) {
    process.send?.(message);
  }
}
