import ArgumentParser
import UnitConformance
import UnitTransport

struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Tries every rule of the unit protocol on a unit, or on a pair.",
        discussion: """
            For firmware authors and rigs: whatever firmware-schemas/README.md says that a host can see is tried on the unit, \
            real or emulated, over any connection. Give both units for the rules of a pair. The unit lights up and streams; \
            it is stopped and dark afterwards, also after Ctrl-C. Skipped checks say nothing about the unit.

            The exit code is 0 only if every check that applies passed; 11 if a rule is broken; 12 if checks could not be \
            carried out, and no rule was seen broken.

            EXAMPLES:
              cvqkd conformance serial:/dev/ttyACM0
              cvqkd conformance A-0001 --bob B-0001 --junit unit.xml --json unit.json
              cvqkd conformance B-0001 --only dead-man --only stream-conserved
              cvqkd conformance --list
            """)

    @Argument(help: "The unit: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var unit: UnitSelector?

    @Option(help: "The other unit of the pair: then the pair's rules are tried too.", transform: Selectors.read)
    var bob: UnitSelector?

    @Option(
        help: "Another port of the first unit, to try what happens to a second host.", transform: Selectors.read)
    var secondPort: UnitSelector?

    @Option(help: ArgumentHelp("Write JUnit XML there; - for standard output.", valueName: "file"))
    var junit: String?

    @Option(
        help: ArgumentHelp(
            "Write the record as JSON there, in the shape of OpenHTF's test record; - for standard output.",
            valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Try this check only; may be given again.", valueName: "name"))
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Symbols per second of its sessions. Default: what unit and line can do, at most 1e5.", valueName: "hz"))
    var rate: Double?

    @Flag(help: "Restart the unit and erase its secrets too.")
    var destructive = false

    @Flag(help: "List the checks and try nothing.")
    var list = false

    func validate() throws {
        try Selectors.require(rate, positive: "rate")
        guard list || unit != nil else { throw ValidationError("Name a unit, or give --list.") }
        let known = Set(ConformanceSuite.checks.map(\.id))
        for name in only where !known.contains(name) {
            throw ValidationError("'\(name)' is not a check; \(SuggestedCommand.listChecks) names them.")
        }
        guard junit != "-" || json != "-" else {
            throw ValidationError("Only one of --junit and --json can go to standard output.")
        }
    }

    func run() async throws {
        if list { return try Output.line(ConformanceTable.list(only)) }
        guard let unit else { return }
        var options = ConformanceSuite.Options()
        options.only = Set(only)
        options.isDestructive = destructive
        options.symbolRate = rate
        try await ConformanceRun(
            units: [unit] + (bob.map { [$0] } ?? []), secondPort: secondPort, options: options, junit: junit, json: json
        ).perform()
    }
}
