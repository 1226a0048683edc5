/** The parts of pages that were loaded: a page is fetched once, and drawn at once from then on. */
import type { ComponentType } from 'preact';
import type { Page, PageProps } from './pages';

const parts = new Map<string, ComponentType<PageProps>>();

/** What draws a page; null where it was not loaded yet. */
export function loaded(page: Page): ComponentType<PageProps> | null {
  return parts.get(page.name) ?? null;
}

/** Load what draws a page. It rejects where that cannot be fetched. */
export async function load(page: Page): Promise<ComponentType<PageProps>> {
  const { default: part } = await page.load();
  parts.set(page.name, part);
  return part;
}
