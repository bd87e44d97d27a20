import ArgumentParser

struct OTDRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "otdr", abstract: "Reads the files of optical time-domain reflectometers.",
        subcommands: [OTDRShowCommand.self])
}
