import ArgumentParser

/// `cvqkd shot-noise`: the unit that all noise is measured in.
struct ShotNoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shot-noise", abstract: "Measures, watches and analyses shot noise.",
        subcommands: [ShotNoiseMeasureCommand.self, ShotNoiseWatchCommand.self, ShotNoiseAnalyzeCommand.self])
}
