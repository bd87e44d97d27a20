import ArgumentParser
import ProgramStart

/// `cvqkd-emulator`.
@main
struct EmulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cvqkd-emulator",
        abstract: "CV-QKD units with real physics behind real transports, for tests, rigs and demonstrations.",
        discussion: """
            'run' powers pairs up and prints one line per unit (serial number, role, selector), then 'ready'. The other \
            commands talk to a running emulator through its control socket.
            """,
        subcommands: [
            RunCommand.self, TruthCommand.self, RecordCommand.self, InjectCommand.self, StateCommand.self,
            FaultsCommand.self, AttacksCommand.self, DefectsCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    static func main() { begin() }
}
