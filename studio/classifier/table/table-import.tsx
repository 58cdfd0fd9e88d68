// Where the rows come from: a file, a pasted column; how they are laid out, and which column holds the texts.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { counted } from '../shell/texts.js';
import { decodeText, mostFileBytes } from './file-text.js';
import { fileSource, type Layout, pastedSource, relaidSource } from './table-source.js';
import type { TableWork } from './table-work.js';

const layouts: readonly (readonly [layout: Layout, name: string])[] = [
  ['lines', 'One text a line'],
  [',', 'Commas between cells (CSV)'],
  [';', 'Semicolons between cells'],
  ['\t', 'Tabs between cells (TSV)'],
];

async function readFile(file: File, work: TableWork): Promise<string | undefined> {
  if (file.size > mostFileBytes)
    return 'The file is larger than 64 MiB. Use polytag predict for it.';
  const text = decodeText(new Uint8Array(await file.arrayBuffer()));
  if (text === undefined) return 'The file is no text in UTF-8 or UTF-16. Save it as "CSV UTF-8".';
  work.setSource(fileSource(file.name, text));
  return undefined;
}

function FileField({ work }: { readonly work: TableWork }): JSX.Element {
  const [problem, setProblem] = useState<string>();
  return (
    <div class="field">
      <label class="field-name" for="table-file">
        Choose a file
      </label>
      <input
        id="table-file"
        class="input"
        type="file"
        accept=".csv,.tsv,.tab,.txt,text/csv,text/plain,text/tab-separated-values"
        onChange={(event) => {
          const file = event.currentTarget.files?.item(0);
          if (file)
            void readFile(file, work).then(setProblem, () => {
              setProblem('The file could not be read.');
            });
        }}
      />
      <p class="small muted">
        CSV, TSV or text. It is read in this browser; only the texts go to the service.
      </p>
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function PasteField({ work }: { readonly work: TableWork }): JSX.Element {
  const [text, setText] = useState('');
  return (
    <div class="field">
      <label class="field-name" for="table-paste">
        Or paste a column
      </label>
      <textarea
        id="table-paste"
        class="input"
        rows={4}
        placeholder="One text a line, or cells from a spreadsheet"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <div class="actions">
        <button
          class="button"
          type="button"
          disabled={text.trim() === ''}
          onClick={() => {
            work.setSource(pastedSource(text));
          }}
        >
          Use this text
        </button>
      </div>
    </div>
  );
}

function ColumnChoice({ work }: { readonly work: TableWork }): JSX.Element | null {
  const { source, content } = work;
  if (source === undefined || typeof content !== 'object') return null;
  return (
    <div class="field">
      <label class="field-name" for="table-column">
        Column with the texts
      </label>
      <select
        id="table-column"
        class="input"
        value={String(source.column)}
        onChange={(event) => {
          work.setSource({ ...source, column: Number(event.currentTarget.value) });
        }}
      >
        {content.columns.map((name, index) => (
          <option key={index} value={String(index)}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** How the chosen source is read. */
export function LayoutChoice({ work }: { readonly work: TableWork }): JSX.Element | null {
  const { source, content } = work;
  if (source === undefined) return null;
  return (
    <div class="layout-choice">
      <p class="layout-name">
        <strong>{source.name}</strong>
        {typeof content === 'object' && `, ${counted(content.rows.length, 'row')}`}
      </p>
      <div class="field">
        <label class="field-name" for="table-layout">
          Layout
        </label>
        <select
          id="table-layout"
          class="input"
          value={source.layout}
          onChange={(event) => {
            const layout = event.currentTarget.value as Layout;
            work.setSource(relaidSource(source, { layout }));
          }}
        >
          {layouts.map(([layout, name]) => (
            <option key={layout} value={layout}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <ColumnChoice work={work} />
      <label class="choice">
        <input
          type="checkbox"
          checked={source.hasHeader}
          onChange={(event) => {
            work.setSource(relaidSource(source, { hasHeader: event.currentTarget.checked }));
          }}
        />
        The first row names the columns
      </label>
    </div>
  );
}

export function TableImport({ work }: { readonly work: TableWork }): JSX.Element {
  return (
    <section class="card table-import" aria-label="Source">
      <FileField work={work} />
      <PasteField work={work} />
    </section>
  );
}
