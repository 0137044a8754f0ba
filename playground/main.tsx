// The start of the page.
import { render } from 'preact';
import { catalog } from './catalog/built-catalog.ts';
import { gatewayOf } from './state/gateway-of.ts';
import { readGatewayUrl } from './state/gateway-url.ts';
import { App } from './view/app.tsx';

const gatewayUrl = (await readGatewayUrl()) ?? gatewayOf(location);
const root = document.querySelector('#app');
if (root !== null) render(<App gateway={{ url: gatewayUrl, models: catalog.models }} />, root);
