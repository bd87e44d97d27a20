import ArgumentParser

struct PowerMeterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power-meter", abstract: "Reads an optical power meter beside the units.",
        discussion: """
            EXAMPLE:
              cvqkd power-meter read scpi:/dev/usbtmc0 --wavelength 1550
            """,
        subcommands: [PowerMeterReadCommand.self])
}
