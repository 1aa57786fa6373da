package io.trunkline.guard;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Makes a class count the instructions that it executes: each stretch of them that nothing jumps
 * into or out of adds its length to the {@link Tally} as it is entered. The count is that of the
 * bytecode, so it is the same on every machine. A stretch that throws counts as a whole.
 */
final class InstructionCounter {
  private final String adder;

  /** One for classes of ours, or for those of libraries. */
  InstructionCounter(boolean ours) {
    this.adder = ours ? "addOurs" : "addLibraries";
  }

  byte[] counting(byte[] classFile) {
    ClassNode type = new ClassNode();
    new ClassReader(classFile).accept(type, 0);
    type.methods.forEach(this::count);
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    type.accept(writer);
    return writer.toByteArray();
  }

  private void count(MethodNode method) {
    AbstractInsnNode first = null;
    int length = 0;
    for (AbstractInsnNode node : method.instructions.toArray()) {
      if (node.getOpcode() >= 0) {
        first = first == null ? node : first;
        length++;
      }
      if (node instanceof LabelNode || node instanceof JumpInsnNode) {
        add(method, first, length);
        first = null;
        length = 0;
      }
    }
    add(method, first, length);
  }

  /** Frames name an object that is not initialised by the place of its NEW: that must not move. */
  private void add(MethodNode method, AbstractInsnNode first, int length) {
    if (first == null) {
      return;
    }
    if (first.getOpcode() == Opcodes.NEW) {
      method.instructions.insert(first, addition(length));
    } else {
      method.instructions.insertBefore(first, addition(length));
    }
  }

  private InsnList addition(int length) {
    InsnList addition = new InsnList();
    addition.add(new LdcInsnNode(length));
    addition.add(
        new MethodInsnNode(
            Opcodes.INVOKESTATIC, Type.getInternalName(Tally.class), adder, "(I)V", false));
    return addition;
  }
}
