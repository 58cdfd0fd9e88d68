// The page as a whole: its head, the way from view to view, and the view that is shown.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ClassifierInfo } from '../../service/classifiers.js';
import { LiveView } from '../live/live-view.js';
import { ModelView } from '../model/model-view.js';
import { type Route, useRoute, type View, viewNames } from '../session/routing.js';
import { type Session, useSession } from '../session/session.js';
import { TableView } from '../table/table-view.js';
import { type TableWork, useTableWork } from '../table/table-work.js';
import { ThresholdsView } from '../thresholds/thresholds-view.js';
import { firstExample } from '../try/examples.js';
import { TryView } from '../try/try-view.js';
import { useScoredText, type ScoredTextWork } from '../try/scored-text.js';
import { Gate } from './gate.js';
import { Head } from './head.js';

/** What every view works on. */
export interface ViewProps {
  readonly session: Session;
  readonly classifier: ClassifierInfo;
}

interface Work {
  readonly table: TableWork;
  readonly scoredText: ScoredTextWork;
}

function ShownView({
  view,
  work,
  ...props
}: ViewProps & { readonly view: View; readonly work: Work }): JSX.Element {
  // A view of another classifier begins anew.
  const key = `${props.classifier.name} ${props.classifier.version}`;
  switch (view) {
    case 'try':
      return <TryView work={work.scoredText} {...props} />;
    case 'table':
      return <TableView work={work.table} onText={work.scoredText.setText} {...props} />;
    case 'thresholds':
      return <ThresholdsView key={key} {...props} />;
    case 'model':
      return <ModelView key={key} {...props} />;
    case 'live':
      return <LiveView key={key} {...props} />;
  }
}

function chosenClassifier(session: Session, route: Route): ClassifierInfo | undefined {
  if (session.state.kind !== 'ready') return undefined;
  const { classifiers } = session.state;
  return classifiers.find(({ name }) => name === route.model) ?? classifiers[0];
}

/** Tells what changed to those who do not see it: the title, and the focus, which goes to the new view. */
function useViewChange(view: View, main: { readonly current: HTMLElement | null }): void {
  const shown = useRef(view);
  useEffect(() => {
    document.title = `${viewNames[view]} · polytag Studio`;
    if (shown.current === view) return;
    shown.current = view;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [view, main]);
}

export function Studio(): JSX.Element {
  const route = useRoute();
  const session = useSession();
  const classifier = chosenClassifier(session, route);
  const table = useTableWork(session.client, classifier);
  const scoredText = useScoredText(session.client, classifier, firstExample);
  const main = useRef<HTMLElement>(null);
  useViewChange(route.view, main);
  const isOpen = classifier !== undefined && !session.isLocked;
  return (
    <>
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          // The fragment of the address names the view.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <Head session={session} route={route} classifier={classifier} />
      <main id="main" ref={main} tabIndex={-1} aria-label={viewNames[route.view]}>
        {isOpen ? (
          <ShownView
            view={route.view}
            work={{ table, scoredText }}
            session={session}
            classifier={classifier}
          />
        ) : (
          <Gate session={session} />
        )}
      </main>
      <footer class="foot small muted">
        <span>polytag Studio</span>
        <a href="openapi.json">Interface (OpenAPI)</a>
      </footer>
    </>
  );
}
