import ArgumentParser
import ProgramStart
import UnitSchema

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a schema.",
        discussion: "Prints each finding as file:line: reason. Exits with 1 if there is one.")

    @OptionGroup var file: SchemaFile

    func run() throws {
        let schema = try file.read()
        try StandardOutput.line(
            "\(file.schema): \(schema.messages.count) messages, \(schema.types.count) types, version \(schema.version)")
    }
}
