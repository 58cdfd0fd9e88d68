// What the page knows of the service: its classifiers, and whether it lets this reader in.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { type ClassifierInfo, fetchClassifiers } from '../../service/classifiers.js';
import {
  createServiceClient,
  problemText,
  type ServiceClient,
} from '../../service/service-client.js';
import { storedKey, storeKey } from './service-key.js';

type SessionState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'ready'; readonly classifiers: readonly ClassifierInfo[] };

export interface Session {
  readonly client: ServiceClient;
  readonly state: SessionState;
  /** Whether the service wants a key, or another one than it was given. */
  readonly isLocked: boolean;
  /** Whether a key was given and refused. */
  readonly isKeyRefused: boolean;
  giveKey(key: string): void;
  /** Asks for the classifiers again: they may have been reloaded, or their thresholds changed. */
  refresh(): void;
}

export function useSession(): Session {
  const [key, setKey] = useState(storedKey);
  const [isLocked, setLocked] = useState(false);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<SessionState>({ kind: 'loading' });
  const client = useMemo(
    () =>
      createServiceClient(key, () => {
        setLocked(true);
      }),
    [key],
  );
  useEffect(() => {
    const asking = new AbortController();
    fetchClassifiers(client, asking.signal).then(
      (classifiers) => {
        setLocked(false);
        setState({ kind: 'ready', classifiers });
      },
      (error: unknown) => {
        if (!asking.signal.aborted) setState({ kind: 'failed', problem: problemText(error) });
      },
    );
    return () => {
      asking.abort();
    };
  }, [client, round]);
  const refresh = useCallback(() => {
    setRound((count) => count + 1);
  }, []);
  const giveKey = useCallback(
    (given: string) => {
      storeKey(given);
      setKey(given);
      refresh();
    },
    [refresh],
  );
  return { client, state, isLocked, isKeyRefused: isLocked && key !== '', giveKey, refresh };
}
