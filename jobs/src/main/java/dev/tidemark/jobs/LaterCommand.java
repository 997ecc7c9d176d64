package dev.tidemark.jobs;

import picocli.CommandLine.Mixin;

/** A command of the design that comes in a later version: known, and refused. */
final class LaterCommand implements Command {
  private final String name;

  @Mixin private final CommonOptions common = new CommonOptions();

  LaterCommand(String name) {
    this.name = name;
  }

  @Override
  public CommonOptions common() {
    return common;
  }

  @Override
  public void run(Report report, Spark spark) {
    throw new RefusedException(Status.REFUSED, "`%s` is not supported yet".formatted(name));
  }
}
