// Finds the text column, the label columns and the columns that name a row, or says why it cannot.
import { polytagError } from '../errors/index.js';
import { type ColumnProfile, profileColumns } from './column-profile.js';
import { type ListStyle, recogniseListStyle } from './label-cells.js';
import type { TableRow } from './row-parser.js';
import { listNames, suggestName } from './spelling.js';

/** Where the labels are: in columns of 1 and 0, or in one column of lists. */
export type LabelLayout =
  | { readonly kind: 'columns'; readonly names: readonly string[] }
  | { readonly kind: 'list'; readonly name: string; readonly style: ListStyle };

/** The first rows of a table, and what the user said about its columns. */
export interface ColumnQuestion {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** The text column by name. */
  readonly text?: string | undefined;
  /** The text column if there is one of that name. */
  readonly textHint?: string | undefined;
  /** Label columns by name; a single one may be a column of lists. */
  readonly labels?: readonly string[] | undefined;
  /** The labels that a model knows; sought as columns, or in a column of lists. */
  readonly expectedLabels?: readonly string[] | undefined;
}

const textNames =
  /^(?:(?:comment|review|question|tweet|post|message)[_ ]?(?:text|body)|text|comment|content|body|sentence|message|review|tweet|document|post|utterance)s?$/i;
const labelNames =
  /^(?:label|tag|categor(?:y|ies)|class(?:es)?|emotion|genre|topic|target|intent|annotation)s?$/i;

/** The columns of one table, settled for one question. */
export class ColumnFinder {
  private readonly profiles: readonly ColumnProfile[];

  constructor(private readonly question: ColumnQuestion) {
    this.profiles = profileColumns(question.columns, question.rows);
  }

  /** @throws PolytagError COLUMN_MISSING or TEXT_COLUMN_UNCLEAR */
  findText(): string {
    const { text, textHint, columns } = this.question;
    if (text !== undefined) {
      return this.named(text).name;
    }
    if (textHint !== undefined && columns.includes(textHint)) {
      return textHint;
    }
    const taken = this.question.labels ?? [];
    const possible = this.profiles.filter(
      (profile) =>
        !profile.isBinary &&
        profile.listStyle !== 'array' &&
        !taken.includes(profile.name) &&
        profile.example !== '',
    );
    const prose = possible.filter((profile) => profile.isProse);
    const named = possible.filter((profile) => textNames.test(profile.name));
    const found =
      onlyOne(prose.filter((profile) => named.includes(profile))) ??
      (named.length === 0 ? onlyOne(prose) : undefined) ??
      (prose.length === 0 ? (onlyOne(named) ?? this.findByElimination(possible)) : undefined);
    if (found === undefined) {
      const words = possible.filter((profile) => !profile.isNumeric);
      throw this.textUnclear(prose.length + named.length > 0 ? [...prose, ...named] : words);
    }
    return found.name;
  }

  /** @throws PolytagError COLUMN_MISSING, LABELS_MISSING, LABELS_INVALID or LABEL_COLUMNS_UNCLEAR */
  findLabels(text: string): LabelLayout {
    const { file, labels, expectedLabels, columns } = this.question;
    if (labels !== undefined) {
      return this.layoutOf(labels, text);
    }
    if (expectedLabels !== undefined) {
      const missing = expectedLabels.filter((name) => !columns.includes(name) || name === text);
      if (missing.length === 0) {
        return { kind: 'columns', names: expectedLabels };
      }
      const list = missing.length < expectedLabels.length ? undefined : this.onlyList(text);
      if (list === undefined) {
        const reason = `its columns are ${listNames(columns)}${suggestName(missing[0], columns)}`;
        throw polytagError('LABELS_MISSING', { file, missing: listNames(missing), reason });
      }
      return list;
    }
    return this.inferLabels(text);
  }

  /** Columns that name the rows, apart from the text and the labels. */
  findIdentifiers(text: string, layout: LabelLayout | null): string[] {
    const taken = layout === null ? [] : layout.kind === 'list' ? [layout.name] : layout.names;
    return this.profiles
      .filter(({ name, isIdentifier }) => isIdentifier && name !== text && !taken.includes(name))
      .map(({ name }) => name);
  }

  private inferLabels(text: string): LabelLayout {
    const others = this.profiles.filter(({ name }) => name !== text);
    const binary = others.filter((profile) => profile.isBinary && !isNamedIdentifier(profile));
    const lists = this.listColumns(text);
    if (lists.length === 0 && binary.length > 0) {
      return { kind: 'columns', names: binary.map(({ name }) => name) };
    }
    const list = binary.length === 0 ? this.onlyList(text) : undefined;
    if (list === undefined) {
      throw this.labelsUnclear(others, [...binary, ...lists]);
    }
    return list;
  }

  private listColumns(text: string): ColumnProfile[] {
    return this.profiles.filter(
      (profile) =>
        profile.name !== text &&
        profile.listStyle !== null &&
        !isNamedIdentifier(profile) &&
        (profile.listStyle !== 'single' || labelNames.test(profile.name)),
    );
  }

  /** The only column of lists; or, of several, the only one called like labels. */
  private onlyList(text: string): LabelLayout | undefined {
    const lists = this.listColumns(text);
    const list = onlyOne(lists) ?? onlyOne(lists.filter(({ name }) => labelNames.test(name)));
    return list?.listStyle ? { kind: 'list', name: list.name, style: list.listStyle } : undefined;
  }

  private layoutOf(labels: readonly string[], text: string): LabelLayout {
    const { file, rows, expectedLabels } = this.question;
    const twice = labels.find((name, index) => labels.indexOf(name) < index);
    if (labels.length === 0 || twice !== undefined) {
      const reason = twice === undefined ? 'none is named' : `"${twice}" is named twice`;
      throw polytagError('LABELS_INVALID', { file, reason });
    }
    const profiles = labels.map((name) => this.named(name));
    if (labels.includes(text)) {
      throw polytagError('LABELS_INVALID', { file, reason: `"${text}" is the text column` });
    }
    const [{ index, isBinary, example, name }] = profiles;
    if (profiles.length === 1 && !isBinary && example !== '') {
      const cells = rows.map((row) => row.cells[index]).filter((cell) => cell.trim() !== '');
      return { kind: 'list', name, style: recogniseListStyle(cells) };
    }
    const missing = expectedLabels?.filter((label) => !labels.includes(label)) ?? [];
    if (missing.length > 0) {
      const reason = `the columns ${listNames(labels)} were named as labels`;
      throw polytagError('LABELS_MISSING', { file, missing: listNames(missing), reason });
    }
    return { kind: 'columns', names: expectedLabels ?? labels };
  }

  private named(column: string): ColumnProfile {
    const { file, columns } = this.question;
    const index = columns.indexOf(column);
    if (index === -1) {
      const suggestion = suggestName(column, columns);
      throw polytagError('COLUMN_MISSING', {
        file,
        column,
        columns: listNames(columns),
        suggestion,
      });
    }
    return this.profiles[index];
  }

  /** Without prose: the one column that is left when all that is something else is set aside. */
  private findByElimination(possible: readonly ColumnProfile[]): ColumnProfile | undefined {
    if (this.profiles.length === 1) {
      return onlyOne(possible);
    }
    return onlyOne(
      possible.filter(
        (profile) =>
          !profile.isNumeric && !isNamedIdentifier(profile) && !labelNames.test(profile.name),
      ),
    );
  }

  private textUnclear(possible: readonly ColumnProfile[]): Error {
    const { file, columns } = this.question;
    const candidates = [...new Set(possible)]
      .slice(0, 10)
      .map(({ name, meanLength }) => `"${name}" (${Math.round(meanLength)} characters on average)`);
    const reason =
      candidates.length === 0
        ? `none of its columns ${listNames(columns)} holds texts`
        : `it could be ${candidates.join(' or ')}`;
    return polytagError('TEXT_COLUMN_UNCLEAR', { file, reason });
  }

  private labelsUnclear(
    others: readonly ColumnProfile[],
    candidates: readonly ColumnProfile[],
  ): Error {
    const { file } = this.question;
    const describe = (profiles: readonly ColumnProfile[]): string =>
      profiles
        .slice(0, 10)
        .map(({ name, example }) => `"${name}" (such as ${JSON.stringify(example)})`)
        .join(', ');
    const reason =
      others.length === 0
        ? 'it has no column but that of the texts'
        : candidates.length === 0
          ? `beside the texts it has ${describe(others)}, none of which holds 1 and 0 or recurring names`
          : `they could be in ${describe(candidates)}`;
    return polytagError('LABEL_COLUMNS_UNCLEAR', { file, reason });
  }
}

function isNamedIdentifier({ name, isIdentifier }: ColumnProfile): boolean {
  return isIdentifier && /id$|^$|index|unnamed/i.test(name);
}

function onlyOne(profiles: readonly ColumnProfile[]): ColumnProfile | undefined {
  return profiles.length === 1 ? profiles[0] : undefined;
}
