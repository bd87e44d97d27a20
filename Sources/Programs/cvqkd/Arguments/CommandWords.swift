import ArgumentParser

/// The words that name a command, looked at before the parser: it calls a command that does not exist an unexpected
/// argument, and says no more.
enum CommandWords {
    /// The command that the words name, and what follows them.
    static func split(_ arguments: [String]) throws -> (command: any ParsableCommand.Type, rest: ArraySlice<String>) {
        var command: any ParsableCommand.Type = CVQKD.self
        var path = ["cvqkd"]
        var rest = arguments[...]
        if rest.first == "help" { rest = rest.dropFirst() }
        while let word = rest.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else {
                throw ValidationError(refusal(of: word, below: command, path))
            }
            command = next
            path.append(word)
            rest = rest.dropFirst()
        }
        return (command, rest)
    }

    private static func refusal(of word: String, below command: any ParsableCommand.Type, _ path: [String]) -> String {
        let names = command.configuration.subcommands.map { $0._commandName }
        let what = "'\(word)' is not a command of '\(path.joined(separator: " "))'"
        let near = nearest(word, names).map { path + [$0] } ?? paths(below: CVQKD.self, ["cvqkd"], to: word).first
        return what
            + (near.map { ". Did you mean '\($0.joined(separator: " "))'?" }
                ?? ", which has: \(names.joined(separator: ", ")).")
    }

    /// Commands of this name anywhere.
    private static func paths(below command: any ParsableCommand.Type, _ path: [String], to name: String) -> [[String]]
    {
        command.configuration.subcommands.flatMap { next -> [[String]] in
            let longer = path + [next._commandName]
            return (next._commandName == name ? [longer] : []) + paths(below: next, longer, to: name)
        }
    }

    /// The one that was probably meant: of which this is the beginning, or that differs in few letters.
    static func nearest(_ word: String, _ names: [String]) -> String? {
        let word = word.lowercased()
        let begun = names.filter { word.count > 1 && $0.hasPrefix(word) }
        if begun.count == 1 { return begun[0] }
        if names.count == 1 { return names[0] }
        let limit = max(1, word.count / 3)
        return names.map { (name: $0, distance: distance(word, $0)) }.filter { $0.distance <= limit }
            .min { $0.distance < $1.distance }?.name
    }

    /// Letters to add, to leave out, to change or to exchange with the next.
    private static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var rows = [Array(0...b.count)]
        for i in 1...max(1, a.count) where !a.isEmpty {
            var row = [i]
            for j in 1...max(1, b.count) where !b.isEmpty {
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}

extension ParsableCommand {
    /// As it is typed.
    fileprivate static var _commandName: String { configuration.commandName ?? "" }
}
