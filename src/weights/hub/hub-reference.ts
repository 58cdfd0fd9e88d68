// Parses ids of hub repositories and judges file names before either becomes part of a path.

/** A model repository on the hub, at a revision. */
export interface HubReference {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; default `main`. */
  readonly revision: string;
}

// huggingface_hub, utils/_validators.py: letters, digits, "-", "_", "."; none of "-" and "." at an end.
const part = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;
const commit = /^[0-9a-f]{40}$/;

/** `owner/name[@revision]`, or null where `text` is anything else. */
export function parseHubReference(text: string): HubReference | null {
  const at = text.indexOf('@');
  const repository = at < 0 ? text : text.slice(0, at);
  const revision = at < 0 ? 'main' : text.slice(at + 1);
  const parts = repository.split('/');
  if (parts.length !== 2 || !parts.every((name) => part.test(name))) {
    return null;
  }
  // "--" stands for "/" in the cache's folder names, so an id cannot hold it.
  if (/--|\.\./.test(repository) || repository.endsWith('.git') || !isRevision(revision)) {
    return null;
  }
  return { repository, revision };
}

/** Whether `revision` is a whole commit hash, which always means the same files. */
export function isCommit(revision: string): boolean {
  return commit.test(revision);
}

/** Whether `revision` can be a branch, tag or commit of Git, and the path of a file under `refs/`. */
function isRevision(revision: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$/.test(revision) &&
    revision.split('/').every((name) => /^[^.](?:.*[^.])?$/.test(name)) &&
    !revision.includes('..')
  );
}

/**
 * Whether a file name from a server stays inside the folder it is put into, on every system: no empty,
 * `.` or `..` part, no drive, no backslash, no control character, no name that Windows reserves.
 */
export function isSafeFileName(name: string): boolean {
  return (
    name.length <= 1000 &&
    name.split('/').every((segment) => {
      return (
        /^[^\0-\x1f\x7f\\:*?"<>|]{1,200}$/.test(segment) &&
        !/^\.{1,2}$|[. ]$/.test(segment) &&
        !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(segment)
      );
    })
  );
}
