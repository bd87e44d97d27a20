import ArgumentParser
import ProgramStart
import UnitSchema

struct Fingerprint: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the fingerprint chains of a schema.",
        discussion: "One line for each element of a chain: its number, the fingerprint, the canonical text.")

    @OptionGroup var file: SchemaFile

    func run() throws {
        for message in try file.read().messages {
            for (index, (line, hash)) in zip(message.canonicalLines, message.chain).enumerated() {
                let number = String(repeating: " ", count: index < 10 ? 2 : 1) + "\(index)"
                try StandardOutput.line("\(number)  \(Spelling.hexadecimal(hash))  \(line)")
            }
        }
    }
}
