import ArgumentParser
import UnitTransport

/// What the running command was given and a command that it suggests needs too: units, and where the store is.
struct GivenOptions: Sendable {
    var unit: String?
    var alice: String?
    var bob: String?
    /// Options of the store with their values, as words.
    var store: [String] = []

    init() {}

    /// Reads a parsed command: its units by their types, its store by the options' own names. Nothing has to be entered
    /// anywhere for a new command or a new option.
    init(_ command: any ParsableCommand) { collect(command) }

    private mutating func collect(_ value: Any) {
        for child in Mirror(reflecting: value).children {
            let name = child.label?.drop { $0 == "_" } ?? ""
            switch child.value {
            case let group as OptionGroup<StoreOptions>: store = Self.words(group.wrappedValue)
            case let group as OptionGroup<CalibrationOptions>: collect(group.wrappedValue)
            case let group as OptionGroup<RecordPairOptions>: collect(group.wrappedValue)
            case let group as OptionGroup<UnitArgument>: unit = group.wrappedValue.unit.description
            case let argument as Argument<UnitSelector>: note(argument.wrappedValue, name)
            case let argument as Argument<UnitSelector?>: note(argument.wrappedValue, name)
            case let option as Option<UnitSelector>: note(option.wrappedValue, name)
            case let option as Option<UnitSelector?>: note(option.wrappedValue, name)
            default: break
            }
        }
    }

    private mutating func note(_ selector: UnitSelector?, _ name: Substring) {
        switch name {
        case "alice": alice = selector?.description
        case "bob": bob = selector?.description
        case "unit": unit = selector?.description ?? unit
        default: break
        }
    }

    private static func words(_ options: StoreOptions) -> [String] {
        Mirror(reflecting: options).children.flatMap { child -> [String] in
            guard let label = child.label?.drop(while: { $0 == "_" }) else { return [] }
            let name = "--" + label.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
            switch child.value {
            case let option as Option<String?>: return option.wrappedValue.map { [name, $0] } ?? []
            case let option as Option<[String]>: return option.wrappedValue.flatMap { [name, $0] }
            default: return []
            }
        }
    }

    /// How a unit is named in a command; in capitals if it is not known here.
    func name(_ subject: SuggestedCommand.Subject) -> String {
        switch subject {
        case .unit(let name): name
        case .alice: alice ?? unit ?? "ALICE"
        case .bob: bob ?? unit ?? "BOB"
        case .any: unit ?? (alice == nil ? bob : bob == nil ? alice : nil) ?? "UNIT"
        }
    }

    /// Both, as options.
    func pair(_ alice: SuggestedCommand.Subject, _ bob: SuggestedCommand.Subject) -> [String] {
        ["--alice", name(alice), "--bob", name(bob)]
    }
}

extension GivenOptions {
    /// Of this process's command. Set once, before the command runs; messages are made on any thread.
    static let ofProcess = Guarded(GivenOptions())

    /// In a test, those of the test.
    @TaskLocal static var ofTest: GivenOptions?

    static var current: GivenOptions { ofTest ?? ofProcess.withLock { $0 } }
}
