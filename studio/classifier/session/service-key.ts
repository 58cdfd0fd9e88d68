// The key that opens the service, kept until the tab is closed and nowhere else.

const storageName = 'polytag-key';

export function storedKey(): string {
  try {
    return sessionStorage.getItem(storageName) ?? '';
  } catch {
    // A browser that keeps nothing for this page forbids even to ask.
    return '';
  }
}

export function storeKey(key: string): void {
  try {
    if (key === '') sessionStorage.removeItem(storageName);
    else sessionStorage.setItem(storageName, key);
  } catch {
    // It holds until the page is left.
  }
}

/** Whether a header can carry it: visible ASCII. */
export function isUsableKey(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}
