package dev.tidemark.jobs;

/** What a command does. How it is told, timed and refused is the same for all, in {@link Main}. */
interface Command {

  CommonOptions common();

  /**
   * Does it.
   *
   * @param report takes what there is to tell; what was reported before an exception is told too
   * @param spark opened by those that need it
   */
  void run(Report report, Spark spark);
}
