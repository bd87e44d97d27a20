import ArgumentParser

struct PowerMeterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power-meter", abstract: "Reads an optical power meter beside the units.",
        subcommands: [PowerMeterReadCommand.self])
}
