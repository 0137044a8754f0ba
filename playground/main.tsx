// Starts the page.
import { render } from 'preact';
import { catalog } from './catalog/built-catalog.ts';
import { gatewayOf } from './state/gateway-of.ts';
import { hintsDemoClient } from './state/page-settings.ts';
import { readPreferences } from './state/preferences.ts';
import { readPageSettings } from './state/read-page-settings.ts';
import { applyPreferences } from './state/use-preferences.ts';
import { App } from './view/app.tsx';

// Before the settings have been read, so that the page, which is empty until then, has the chosen theme.
applyPreferences(readPreferences());

const settings = await readPageSettings();
const url = settings.gatewayUrl ?? gatewayOf(location);
const root = document.querySelector('#app');
if (root !== null) {
  render(<App gateway={{ url, models: catalog.models }} hintsDemoClient={hintsDemoClient(settings, url)} />, root);
}
