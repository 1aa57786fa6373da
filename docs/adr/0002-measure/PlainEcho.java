import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;

/** An echo with Vert.x' own WebSocket. Arguments: port, event loops, strict thread mode or not. */
public class PlainEcho extends VerticleBase {
  private final HttpServerOptions options;

  private PlainEcho(int port, boolean strict) {
    options =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setTcpNoDelay(true)
            .setStrictThreadMode(strict)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false);
  }

  public static void main(String[] args) {
    int port = Integer.parseInt(args[0]);
    int loops = Integer.parseInt(args[1]);
    boolean strict = Boolean.parseBoolean(args[2]);
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
    vertx
        .deployVerticle(
            () -> new PlainEcho(port, strict), new DeploymentOptions().setInstances(loops))
        .onSuccess(id -> System.out.println("native=" + vertx.isNativeTransportEnabled()))
        .onFailure(
            e -> {
              e.printStackTrace();
              System.exit(1);
            });
  }

  @Override
  public Future<?> start() {
    return vertx.createHttpServer(options).webSocketHandler(PlainEcho::echo).listen();
  }

  private static void echo(ServerWebSocket socket) {
    socket.frameHandler(
        frame -> {
          if (frame.isText() || frame.isBinary() || frame.isContinuation()) {
            socket.writeFrame(frame);
          }
        });
  }
}
