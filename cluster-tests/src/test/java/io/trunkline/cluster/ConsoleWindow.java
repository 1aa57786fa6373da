package io.trunkline.cluster;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;

/** The console in a window, by what an operator sees and does there. */
record ConsoleWindow(Page page) {

  /** Opens the page and types the key. */
  ConsoleWindow open(String url, String key) {
    page.navigate(url);
    page.getByLabel("API key").fill(key);
    page.keyboard().press("Enter");
    return this;
  }

  /** As above, and the cluster is shown. */
  ConsoleWindow logIn(String url) {
    open(url, ServerApi.KEY);
    assertThat(page.locator("#nodes tr").first()).isVisible();
    return this;
  }

  Locator node(String name) {
    return page.locator("#nodes tr")
        .filter(
            new Locator.FilterOptions()
                .setHas(page.getByRole(AriaRole.ROWHEADER, named(name).setExact(true))));
  }

  /** The cell of a node beneath a heading. */
  Locator cell(String node, String heading) {
    Locator headings = page.locator("#cluster-view thead").first().locator("th");
    int column = headings.allTextContents().indexOf(heading);
    return node(node).locator("th, td").nth(column);
  }

  void lookUp(String user) {
    page.locator("#user").fill(user);
    page.keyboard().press("Enter");
    assertThat(page.locator("#found h3")).hasText(user);
  }

  Locator found() {
    return page.locator("#found");
  }

  /** Presses a button whose name begins so. */
  void press(String button) {
    page.getByRole(AriaRole.BUTTON, named(button)).first().click();
  }

  /** The same, and yes, it is to be done. */
  void pressAndConfirm(String button, String verb) {
    press(button);
    page.getByRole(AriaRole.DIALOG)
        .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName(verb).setExact(true))
        .click();
  }

  void noticeIs(String text) {
    assertThat(page.locator("#notice")).containsText(text);
  }

  /** The value beside a name beneath a plot. */
  Locator value(String plot, String name) {
    return page.locator("figure")
        .filter(new Locator.FilterOptions().setHasText(plot))
        .locator("p")
        .filter(new Locator.FilterOptions().setHasText(name + ":"))
        .locator("b");
  }

  private static Page.GetByRoleOptions named(String name) {
    return new Page.GetByRoleOptions().setName(name);
  }
}
