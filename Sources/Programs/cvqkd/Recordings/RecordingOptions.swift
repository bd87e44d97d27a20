import ArgumentParser

/// How recordings are taken, for commands that read them.
struct RecordingOptions: ParsableArguments {
    @Flag(help: "Compare each recording with its checksum first; reads everything twice.")
    var verify = false
}
