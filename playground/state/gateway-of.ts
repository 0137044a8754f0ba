// Where the gateway is: beside the page.

/** The address of the page's own gateway, by where the page is: `…/playground` belongs to `…`. */
export function gatewayOf({ origin, pathname }: { readonly origin: string; readonly pathname: string }): string {
  return origin + pathname.replace(/\/(?:playground\/?)?$/, '');
}
