import ArgumentParser
import Foundation

/// Refuses an option that is given twice where only one counts. The parser takes the last and says nothing; whoever adds an
/// option to a long command line from a script's history would not notice which one held.
enum RepeatedOptions {
    /// Of a command's help, as the parser describes itself.
    private struct Description: Decodable {
        struct Command: Decodable { var arguments: [Argument]? }

        struct Argument: Decodable {
            var kind: String
            var isRepeating: Bool
            var names: [Name]?
        }

        struct Name: Decodable {
            var kind: String
            var name: String

            var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }

        var command: Command
    }

    /// `words` are those behind the command's name.
    static func check(_ words: some Sequence<String>, of command: any ParsableCommand.Type) throws {
        let given = words.prefix { $0 != "--" }.compactMap(name)
        // The description takes longer than the parse, and is seldom needed.
        guard Set(given).count < given.count || given.contains(where: { $0.count == 2 || $0.hasPrefix(negation) })
        else {
            return
        }
        let description = try JSONDecoder().decode(Description.self, from: Data(command._dumpHelp().utf8))
        let arguments = description.command.arguments ?? []
        for argument in arguments where argument.kind == "option" && !argument.isRepeating {
            let names = Set((argument.names ?? []).map(\.text))
            let found = given.filter(names.contains)
            guard found.count > 1 else { continue }
            let spellings = Set(found).sorted()
            let times = found.count == 2 ? "twice" : "\(found.count) times"
            throw ValidationError(
                spellings.count == 1
                    ? "\(spellings[0]) is given \(times), and only one counts."
                    : "\(spellings.joined(separator: " and ")) are one option, and only one of them counts.")
        }
        let flags = Set(arguments.filter { $0.kind == "flag" }.flatMap { $0.names ?? [] }.map(\.text))
        for name in Set(given) where name.hasPrefix(negation) {
            let positive = "--" + name.dropFirst(negation.count)
            guard given.contains(positive), flags.isSuperset(of: [name, positive]) else { continue }
            throw ValidationError("\(positive) and \(name) contradict each other.")
        }
    }

    private static let negation = "--no-"

    /// Of `--name`, `--name=value` or `-n`; nil for a value, also a negative number.
    private static func name(_ word: String) -> String? {
        if word.hasPrefix("--"), word.count > 2 { return String(word.prefix { $0 != "=" }) }
        guard word.hasPrefix("-"), let second = word.dropFirst().first, second.isLetter else { return nil }
        return String(word.prefix(2))
    }
}
