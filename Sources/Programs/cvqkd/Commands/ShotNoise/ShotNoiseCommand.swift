import ArgumentParser

/// `cvqkd shot-noise`: the unit that all noise is measured in.
struct ShotNoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shot-noise", abstract: "Measures, watches and analyses shot noise.",
        discussion: """
            EXAMPLES:
              cvqkd shot-noise measure B-0001
              cvqkd shot-noise watch B-0001 --moments
              cvqkd shot-noise analyze --off electronic_noise --on vacuum
            """,
        subcommands: [ShotNoiseMeasureCommand.self, ShotNoiseWatchCommand.self, ShotNoiseAnalyzeCommand.self])
}
