package io.trunkline.guard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Takes the place of the class path's loader in a JVM of its own, and makes every class of ours, of
 * Netty and of Vert.x count, see {@link InstructionCounter}.
 */
public final class CountingLoader extends ClassLoader {
  private static final String OURS = "io.trunkline.";
  private static final List<String> LIBRARIES = List.of("io.netty.", "io.vertx.");

  static {
    registerAsParallelCapable();
  }

  /** As the JVM wants it of its system class loader. */
  public CountingLoader(ClassLoader parent) {
    super(parent);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    boolean ours = name.startsWith(OURS);
    boolean library = LIBRARIES.stream().anyMatch(name::startsWith);
    if (!(ours || library) || name.equals(Tally.class.getName())) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name, new InstructionCounter(ours)) : loaded;
    }
  }

  private Class<?> define(String name, InstructionCounter counter) throws ClassNotFoundException {
    try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] counting = counter.counting(in.readAllBytes());
      return defineClass(name, counting, 0, counting.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
