package dev.tidemark.pit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * What the events of a cell came to: the number of bytes of what the aggregate functions hold
 * (int), these, and then what the choices of a latest event hold.
 */
final class FoldedState {
  private final byte[] bytes;
  private final int choicesAt;

  private FoldedState(byte[] bytes, int choicesAt) {
    this.bytes = bytes;
    this.choicesAt = choicesAt;
  }

  static FoldedState of(byte[] bytes) {
    return new FoldedState(bytes, Integer.BYTES + ByteBuffer.wrap(bytes).getInt());
  }

  /** The state of a slot that is not sealed, whose number is that of its asked time. */
  static byte[] bytes(SlotFunction[] functions, LatestEvents[] choices, int slot) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(0);
      for (SlotFunction function : functions) {
        function.save(slot, out);
      }
      int length = out.size() - Integer.BYTES;
      for (LatestEvents choice : choices) {
        choice.save(slot, out);
      }
      byte[] state = bytes.toByteArray();
      ByteBuffer.wrap(state).putInt(length);
      return state;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void addTo(SlotFunction[] functions, int slot) {
    try {
      DataInputStream in = in(Integer.BYTES, choicesAt);
      for (SlotFunction function : functions) {
        function.load(slot, in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void addTo(LatestEvents[] choices, int slot) {
    try {
      DataInputStream in = in(choicesAt, bytes.length);
      for (LatestEvents choice : choices) {
        choice.load(slot, in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataInputStream in(int from, int to) {
    return new DataInputStream(new ByteArrayInputStream(bytes, from, to - from));
  }
}
