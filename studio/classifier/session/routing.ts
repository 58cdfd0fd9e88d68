// Which view is shown, kept in the fragment of the address: no server needs to know of it.
import { useEffect, useState } from 'preact/hooks';

export const views = ['try', 'table', 'thresholds', 'model', 'live'] as const;

export type View = (typeof views)[number];

export const viewNames: Readonly<Record<View, string>> = {
  try: 'Try it',
  table: 'Table',
  thresholds: 'Thresholds',
  model: 'Model',
  live: 'Live',
};

export interface Route {
  readonly view: View;
  /** The classifier that the address names. */
  readonly model: string | undefined;
}

/** Reads `#/VIEW?model=NAME`; what is not understood is the first view. */
export function readRoute(fragment: string): Route {
  const [path, query = ''] = fragment.replace(/^#\/?/, '').split('?');
  const view = views.find((name) => name === path) ?? views[0];
  return { view, model: new URLSearchParams(query).get('model') ?? undefined };
}

export function routeAddress({ view, model }: Route): string {
  const query = model === undefined ? '' : `?${new URLSearchParams({ model }).toString()}`;
  return `#/${view}${query}`;
}

export function useRoute(): Route {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const follow = (): void => {
      setFragment(location.hash);
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
  return readRoute(fragment);
}
