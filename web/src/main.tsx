/** The console begins here. */
// Curves come later than the page: their few styles are there before, so that nothing is waited for on a lost connection.
import 'uplot/dist/uPlot.min.css';
import './design/tokens.css';
import './design/parts.css';
import './app/shell.css';
import { render } from 'preact';
import { takeKept } from './app/kept_session';
import { load } from './app/loaded';
import { pageAt } from './app/pages';
import { path } from './app/router';
import { look } from './app/session';
import { Shell } from './app/shell';

const RETRY_MS = 2_000;
/** The frame is drawn with what stands in it; so long it waits for that. */
const PATIENCE_MS = 250;

/** Until the server was reached once, it is not known who asks: until then it is who was here last, for what they may do alone. */
function begin(): void {
  look()
    .catch(() => {
      takeKept();
      setTimeout(begin, RETRY_MS);
    })
    .finally(draw);
}

let place = document.getElementById('app');

function draw(): void {
  if (place) render(<Shell />, place);
  place = null;
}

// Fetched while it is asked who is signed in: most may see the page that they open.
const opened = pageAt(path.value);
if (opened) load(opened.page).catch(() => undefined);
begin();
setTimeout(draw, PATIENCE_MS);
