import RawKey
import Testing

/// Two ends and whatever a channel, two disks and two clocks can do to them: every order is tried.
struct ReleaseCourseTests {
    enum Message: Hashable {
        case statement(passes: Bool)
        case released
        case revoked
    }

    /// Both ends, what is on its way, and what each end has done.
    struct World: Hashable {
        var alice = ReleaseCourse(.alice)
        var bob = ReleaseCourse(.bob)
        var toAlice: [Message] = []
        var toBob: [Message] = []
        /// What became of the keys, in order.
        var done: [ReleaseCourse.End: [ReleaseCourse.Action]] = [:]
        var evidence: [ReleaseCourse.End: Bool]
        /// How often the channel may misbehave in this course.
        var mischief = 2

        mutating func tell(_ end: ReleaseCourse.End, _ event: ReleaseCourse.Event) {
            let actions = end == .alice ? alice.handle(event) : bob.handle(event)
            for action in actions {
                switch action {
                case .sendStatement: send(.statement(passes: evidence[end] ?? false), from: end)
                case .sendReleased: send(.released, from: end)
                case .sendRevoked: send(.revoked, from: end)
                case .release, .revoke, .markOrphaned: done[end, default: []].append(action)
                case .commit, .startDeadline: break
                }
            }
        }

        private mutating func send(_ message: Message, from end: ReleaseCourse.End) {
            if end == .alice { toBob.append(message) } else { toAlice.append(message) }
        }

        private static func event(_ message: Message) -> ReleaseCourse.Event {
            switch message {
            case .statement(let passes): .peerStated(holds: true, passes: passes)
            case .released: .peerReleased(holds: true)
            case .revoked: .peerRevoked(.ownEvidence)
            }
        }

        /// Everything that can come next.
        var following: [World] {
            var worlds: [World] = []
            func add(_ change: (inout World) -> Void) {
                var world = self
                change(&world)
                worlds.append(world)
            }
            for end in [ReleaseCourse.End.alice, .bob] {
                let course = end == .alice ? alice : bob
                switch course.state {
                case .filling: add { $0.tell(end, .closed(passes: $0.evidence[end] ?? false)) }
                case .committing: add { $0.tell(end, .committed) }
                case .closed, .answered: add { $0.tell(end, .deadline) }
                case .ended: break
                }
                let waiting = end == .alice ? toAlice : toBob
                if let message = waiting.first {
                    func drop(_ world: inout World) {
                        if end == .alice { world.toAlice.removeFirst() } else { world.toBob.removeFirst() }
                    }
                    add {
                        drop(&$0)
                        $0.tell(end, Self.event(message))
                    }
                    if mischief > 0 {
                        // Lost, or delivered and kept for a second time.
                        add {
                            drop(&$0)
                            $0.mischief -= 1
                        }
                        add {
                            $0.mischief -= 1
                            $0.tell(end, Self.event(message))
                        }
                    }
                }
                if mischief > 0 {
                    for event in [ReleaseCourse.Event.peerLost, .zeroised, .sessionEnded] {
                        add {
                            $0.mischief -= 1
                            $0.tell(end, event)
                        }
                    }
                }
            }
            return worlds
        }
    }

    private func explore(_ evidence: [ReleaseCourse.End: Bool], _ look: (World) -> Void) -> Int {
        var seen: Set<World> = []
        var waiting = [World(evidence: evidence)]
        while let world = waiting.popLast() {
            guard seen.insert(world).inserted else { continue }
            look(world)
            waiting += world.following
        }
        return seen.count
    }

    @Test(arguments: [true, false], [true, false])
    func `whatever happens, no key is released that both ends did not grant, and no outcome changes`(
        alicePasses: Bool, bobPasses: Bool
    ) {
        var released = (alice: 0, bob: 0)
        let worlds = explore([.alice: alicePasses, .bob: bobPasses]) { world in
            for end in [ReleaseCourse.End.alice, .bob] {
                // Released once or revoked once, never both, never twice.
                let fates = (world.done[end] ?? []).filter { $0 != .markOrphaned }
                #expect(fates.count <= 1)
                if fates.contains(.release) { #expect(alicePasses && bobPasses) }
            }
            // Alice has nothing that Bob has not.
            if world.done[.alice]?.contains(.release) ?? false {
                #expect(world.done[.bob]?.first == .release)
                released.alice += 1
            }
            if world.done[.bob]?.contains(.release) ?? false { released.bob += 1 }
        }
        #expect(worlds > 100)
        #expect((released.alice > 0) == (alicePasses && bobPasses))
        #expect((released.bob > 0) == (alicePasses && bobPasses))
    }

    @Test func `without mischief both ends release, whoever is faster`() {
        var isReached = false
        var world = World(evidence: [.alice: true, .bob: true])
        world.mischief = 0
        var (seen, waiting) = (Set<World>(), [world])
        while let world = waiting.popLast() {
            guard seen.insert(world).inserted else { continue }
            // A deadline is mischief as well: leave it out.
            let following = world.following.filter { next in
                next.done.values.allSatisfy { $0.allSatisfy { $0 != .revoke(.deadline) } }
            }
            if following.isEmpty {
                #expect(world.alice.state == .ended(.released) && world.bob.state == .ended(.released))
                isReached = true
            }
            waiting += following
        }
        #expect(isReached)
    }

    @Test func `a release that the other end cannot follow is marked`() {
        var bob = ReleaseCourse(.bob)
        #expect(bob.handle(.closed(passes: true)) == [.sendStatement, .startDeadline])
        #expect(bob.handle(.peerStated(holds: true, passes: true)) == [.commit(.released)])
        // Nothing is handed over before the disk has it.
        #expect(bob.handle(.peerRevoked(.ownEvidence)) == [])
        #expect(bob.handle(.committed) == [.release, .sendReleased])
        #expect(bob.handle(.peerRevoked(.ownEvidence)) == [.markOrphaned])
        #expect(bob.state == .ended(.released))
    }

    @Test func `a statement that does not hold revokes, in whatever state`() {
        for events in [[], [.closed(passes: true)], [.closed(passes: true), .peerStated(holds: true, passes: true)]]
            as [[ReleaseCourse.Event]]
        {
            var alice = ReleaseCourse(.alice)
            for event in events { _ = alice.handle(event) }
            if events.isEmpty { _ = alice.handle(.closed(passes: true)) }
            #expect(alice.handle(.peerStated(holds: false, passes: true)).first == .revoke(.peerStatement))
        }
        var alice = ReleaseCourse(.alice)
        #expect(alice.handle(.peerReleased(holds: true)).first == .revoke(.peerStatement))
    }
}
