// Light or dark: as the system prefers, or as the reader chose on an earlier visit.

export type Theme = 'system' | 'light' | 'dark';

const storageName = 'polytag-theme';

/** The choice of an earlier visit. */
export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(storageName);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    // A browser that keeps nothing for this page forbids even to ask.
    return 'system';
  }
}

export function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Shows a theme, and keeps it for the next visit. */
export function chooseTheme(theme: Theme): void {
  showTheme(theme);
  try {
    if (theme === 'system') localStorage.removeItem(storageName);
    else localStorage.setItem(storageName, theme);
  } catch {
    // It holds until the page is closed.
  }
}
