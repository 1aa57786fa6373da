package io.trunkline.postgres;

/** A JVM that starts a server, says its pid, and waits to be killed. */
final class ServerAlone {
  private ServerAlone() {}

  public static void main(String[] args) throws InterruptedException {
    LocalPostgres server = LocalPostgres.start();
    System.out.println("pid=" + server.pid());
    Thread.currentThread().join();
  }
}
