// Puts the studio into the page.
import { render } from 'preact';
import '../theme/theme.css';
import '../theme/controls.css';
import '../charts/charts.css';
import './shell/shell.css';
import './try/try.css';
import './table/table.css';
import './thresholds/thresholds.css';
import './model/model.css';
import './live/live.css';
import { showTheme, storedTheme } from '../theme/theme-choice.js';
import { Studio } from './shell/studio.js';

showTheme(storedTheme());
render(<Studio />, document.body);
