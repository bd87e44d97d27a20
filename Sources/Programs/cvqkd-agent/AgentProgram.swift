import ArgumentParser
import Foundation
import NodeAgent
import ProgramStart

@main
struct AgentProgram: AsyncParsableCommand {
    @Option var config: String
    mutating func run() async throws {
        let configuration = try AgentConfiguration.read(config)
        let links = try NodeLinks(configuration) { text in
            FileHandle.standardError.write(Data((text + "\n").utf8))
        }
        try await links.run()
    }
}
