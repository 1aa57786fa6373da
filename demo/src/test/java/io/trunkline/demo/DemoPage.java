package io.trunkline.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.util.List;

/** The demo page in a window, by what a person sees and does there. */
final class DemoPage {
  private final Page page;

  DemoPage(Page page) {
    this.page = page;
  }

  Page page() {
    return page;
  }

  /** Types a name and presses Enter. */
  DemoPage logIn(String url, String user) {
    page.navigate(url);
    page.getByLabel("Name", new Page.GetByLabelOptions().setExact(true)).fill(user);
    page.keyboard().press("Enter");
    stateIs(user + " on gateway-");
    return this;
  }

  void stateIs(String beginning) {
    assertThat(page.locator("#state")).containsText(beginning);
  }

  /** The entry of a user or channel in the list of conversations. */
  Locator entry(String name) {
    Locator text = page.getByText(name, new Page.GetByTextOptions().setExact(true));
    return page.locator(".entry")
        .filter(new Locator.FilterOptions().setHas(page.locator(".name").and(text)));
  }

  void open(String name) {
    entry(name).click();
    conversationIs(name);
  }

  /** By the field beneath the list: somebody who need not be online, or a channel. */
  void find(String name) {
    page.getByLabel("Someone else, or a #channel").fill(name);
    page.keyboard().press("Enter");
    conversationIs(name);
  }

  private void conversationIs(String name) {
    assertThat(page.locator("#conversation-title")).hasText(name);
  }

  void write(String text) {
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill(text);
    page.keyboard().press("Enter");
  }

  void press(String button) {
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button)).click();
  }

  void awaitMessage(String text) {
    Locator message = page.locator("#message-list p").getByText(text, exactly());
    try {
      assertThat(message.first()).isVisible();
    } catch (AssertionError e) {
      // What came and what did not is all that tells why.
      throw new AssertionError(e.getMessage() + page.locator("#wire").textContent(), e);
    }
  }

  private static Locator.GetByTextOptions exactly() {
    return new Locator.GetByTextOptions().setExact(true);
  }

  /** What the open conversation shows, from top to bottom. */
  List<String> messages() {
    return page.locator("#message-list p").allTextContents();
  }

  /** The last message's mark. */
  void awaitMark(String mark) {
    assertThat(page.locator("#message-list li.mine .mark").last()).hasText(mark);
  }
}
