import struct Foundation.Data
import LinkControl
import LinkSocket
import Testing
import UnitProtocol
import UnitTransport

/// The same over a socket and in the machine's time: one whole run, and what is not a message.
@Suite(.serialized) struct SocketPeerTests {
    @Test func `over a socket and in real time, a key session ends in order at both ends`() async throws {
        let ending = try await PeerTests.run(purpose: .key, over: SocketChannel.pair())
        #expect(ending.coordinator == nil && ending.fault == nil)
        #expect(ending.service == .ended)
        #expect(ending.aliceDark && ending.bobDark)
        let report = try #require(ending.report)
        #expect(report.alice.deliveredSymbols == 1_000_000 && report.bob.deliveredSymbols == 1_000_000)
    }

    @Test func `what is not a message is unreadable, and names nothing of it as believed`() async throws {
        let (ours, theirs) = SocketChannel.pair()
        let end = await RemoteEnd(.alice, ours)
        let asking = Task { () -> LinkError? in
            do throws(LinkError) {
                _ = try await end.propose(
                    LinkProposal(link: "A-B", plan: LinkPlan(purpose: .test, symbolRate: 1e6)))
                return nil
            } catch {
                return error
            }
        }
        _ = try await theirs.receive()
        try theirs.send(raw: Data(#"{"version":1,"sequence":1,"message":{"kind":"obey"}}"#.utf8))
        guard case .peer(.alice, .unreadable) = await asking.value else {
            Issue.record("\(String(describing: await asking.value))")
            return
        }
        await end.close()
        await theirs.close()
    }
}
