// Puts the dashboard into the page.
import { render } from 'preact';
import '../theme/theme.css';
import '../charts/charts.css';
import './dashboard.css';
import { Dashboard } from './dashboard.js';

render(<Dashboard />, document.body);
