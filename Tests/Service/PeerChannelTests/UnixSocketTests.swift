import Foundation
@testable import PeerChannel
import PeerIdentity
import Testing

struct UnixSocketTests {
    private static func listener(_ path: String) throws -> PeerListener {
        try PeerListener(.unix(path: path), links: ["A-B": PeerPins()])
    }

    @Test func `only its user may connect, and the file goes with the listener`() async throws {
        try await PeerFixture.withFolder { folder in
            let path = "\(folder)/peer.sock"
            try await PeerFixture.withListener(try Self.listener(path)) { _ in
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a second listener is refused while the first answers, and what a dead one left is taken over`()
        async throws
    {
        try await PeerFixture.withFolder { folder in
            let path = "\(folder)/peer.sock"
            try await PeerFixture.withListener(try Self.listener(path)) { address in
                await #expect {
                    try await Self.listener(path).run()
                } throws: { error in
                    if case PeerChannelError.inUse = error { true } else { false }
                }
                await (try PeerConnector.connect(address, link: "A-B")).close()
            }
            // A socket that nobody listens on.
            close(try PeerSocketFile.make(path).descriptor)
            #expect(FileManager.default.fileExists(atPath: path))
            try await PeerFixture.withListener(try Self.listener(path)) { address in
                await (try PeerConnector.connect(address, link: "A-B")).close()
            }
        }
    }

    @Test func `another thing in its place stays, and a folder of everybody's is refused on both sides`() async throws {
        try await PeerFixture.withFolder { folder in
            let path = "\(folder)/peer.sock"
            try Data("mine".utf8).write(to: URL(filePath: path))
            await #expect(throws: PeerChannelError.self) { try await Self.listener(path).run() }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
            chmod(folder, 0o777)
            let other = "\(folder)/other.sock"
            await #expect {
                try await Self.listener(other).run()
            } throws: { error in
                if case PeerChannelError.file(.writableByOthers) = error { true } else { false }
            }
            await #expect {
                _ = try await PeerConnector.connect(.unix(path: other), link: "A-B")
            } throws: { error in
                if case PeerChannelError.file(.writableByOthers) = error { true } else { false }
            }
        }
    }
}
