// The start of the page.
import { render } from 'preact';
import { catalog } from './catalog/built-catalog.ts';
import { gatewayOf } from './state/gateway-of.ts';
import { hintsDemoClient } from './state/page-settings.ts';
import { readPreferences } from './state/preferences.ts';
import { readPageSettings } from './state/read-page-settings.ts';
import { applyPreferences } from './state/use-preferences.ts';
import { App } from './view/app.tsx';

// Without waiting for the settings: until they are there the page is empty, and has the theme that was chosen.
applyPreferences(readPreferences());

const settings = await readPageSettings();
const url = settings.gatewayUrl ?? gatewayOf(location);
const root = document.querySelector('#app');
if (root !== null) {
  render(<App gateway={{ url, models: catalog.models }} hintsDemoClient={hintsDemoClient(settings, url)} />, root);
}
