/* The litmus tests: name, outcome, verdict under RC11 without load buffering (C++20 release sequences), threads, what main reads
 * in the end. The outcome lists what the final block and then the threads recorded, in order.
 *
 * Sources: Alglave et al., "Herding Cats" (names and shapes); Lahav et al., "Repairing Sequential Consistency in C/C++11"
 * (verdicts for SC); P0982 (release sequences); P1202 (asymmetric fences).
 */

/* ---- SB: store buffering ---- */
TEST2(SB_rlx, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); R(a, y, relaxed); }, { W(y, 1, relaxed); R(b, x, relaxed); }, {})
TEST2(SB_rel_acq, "a=0 b=0", ALLOWED, { W(x, 1, release); R(a, y, acquire); }, { W(y, 1, release); R(b, x, acquire); }, {})
TEST2(SB_sc, "a=0 b=0", FORBIDDEN, { W(x, 1, seq_cst); R(a, y, seq_cst); }, { W(y, 1, seq_cst); R(b, x, seq_cst); }, {})
TEST2(SB_sc_but_one_store, "a=0 b=0", ALLOWED, { W(x, 1, release); R(a, y, seq_cst); }, { W(y, 1, seq_cst); R(b, x, seq_cst); }, {})
TEST2(SB_sc_but_one_load, "a=0 b=0", ALLOWED, { W(x, 1, seq_cst); R(a, y, acquire); }, { W(y, 1, seq_cst); R(b, x, seq_cst); }, {})
TEST2(SB_fences_sc, "a=0 b=0", FORBIDDEN, { W(x, 1, relaxed); F(seq_cst); R(a, y, relaxed); }, { W(y, 1, relaxed); F(seq_cst); R(b, x, relaxed); }, {})
TEST2(SB_fence_sc_one, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); F(seq_cst); R(a, y, relaxed); }, { W(y, 1, relaxed); R(b, x, relaxed); }, {})
TEST2(SB_fences_acq_rel, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); F(acq_rel); R(a, y, relaxed); }, { W(y, 1, relaxed); F(acq_rel); R(b, x, relaxed); }, {})
TEST2(SB_fence_sc_and_accesses_sc, "a=0 b=0", FORBIDDEN, { W(x, 1, seq_cst); R(a, y, seq_cst); }, { W(y, 1, relaxed); F(seq_cst); R(b, x, relaxed); }, {})
TEST2(SB_rmw_sc, "s=0 a=0 t=0 b=0", FORBIDDEN, { X(s, x, 1, seq_cst); R(a, y, seq_cst); }, { X(t, y, 1, seq_cst); R(b, x, seq_cst); }, {})
TEST2(SB_rmw_acq_rel, "s=0 a=0 t=0 b=0", ALLOWED, { X(s, x, 1, acq_rel); R(a, y, acquire); }, { X(t, y, 1, acq_rel); R(b, x, acquire); }, {})
TEST2(SB_heavy_light, "a=0 b=0", FORBIDDEN, { W(x, 1, relaxed); LIGHT; R(a, y, relaxed); }, { W(y, 1, relaxed); HEAVY; R(b, x, relaxed); }, {})
TEST2(SB_heavy_heavy, "a=0 b=0", FORBIDDEN, { W(x, 1, relaxed); HEAVY; R(a, y, relaxed); }, { W(y, 1, relaxed); HEAVY; R(b, x, relaxed); }, {})
TEST2(SB_heavy_fence_sc, "a=0 b=0", FORBIDDEN, { W(x, 1, relaxed); F(seq_cst); R(a, y, relaxed); }, { W(y, 1, relaxed); HEAVY; R(b, x, relaxed); }, {})
TEST2(SB_light_light, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); LIGHT; R(a, y, relaxed); }, { W(y, 1, relaxed); LIGHT; R(b, x, relaxed); }, {})
TEST2(SB_light_fence_sc, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); LIGHT; R(a, y, relaxed); }, { W(y, 1, relaxed); F(seq_cst); R(b, x, relaxed); }, {})
TEST2(SB_light_sc, "a=0 b=0", ALLOWED, { W(x, 1, relaxed); LIGHT; R(a, y, relaxed); }, { W(y, 1, seq_cst); R(b, x, seq_cst); }, {})

/* ---- MP: message passing ---- */
TEST2(MP_rlx, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); }, { R(a, y, relaxed); R(b, x, relaxed); }, {})
TEST2(MP_rel_acq, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); R(b, x, relaxed); }, {})
TEST2(MP_rel_acq_seen, "a=1 b=1", ALLOWED, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); R(b, x, relaxed); }, {})
TEST2(MP_rel_acq_early, "a=0 b=1", ALLOWED, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); R(b, x, relaxed); }, {})
TEST2(MP_rel_rlx, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, relaxed); R(b, x, relaxed); }, {})
TEST2(MP_rlx_acq, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); }, { R(a, y, acquire); R(b, x, relaxed); }, {})
TEST2(MP_sc, "a=1 b=0", FORBIDDEN, { W(x, 1, seq_cst); W(y, 1, seq_cst); }, { R(a, y, seq_cst); R(b, x, seq_cst); }, {})
TEST2(MP_fences, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); F(release); W(y, 1, relaxed); }, { R(a, y, relaxed); F(acquire); R(b, x, relaxed); }, {})
TEST2(MP_fences_sc, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); F(seq_cst); W(y, 1, relaxed); }, { R(a, y, relaxed); F(seq_cst); R(b, x, relaxed); }, {})
TEST2(MP_fence_writer_only, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); F(seq_cst); W(y, 1, relaxed); }, { R(a, y, relaxed); R(b, x, relaxed); }, {})
TEST2(MP_fence_reader_only, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); }, { R(a, y, relaxed); F(seq_cst); R(b, x, relaxed); }, {})
TEST2(MP_fence_release_acq, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); F(release); W(y, 1, relaxed); }, { R(a, y, acquire); R(b, x, relaxed); }, {})
TEST2(MP_rel_fence_acquire, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, relaxed); F(acquire); R(b, x, relaxed); }, {})
TEST2(MP_fences_swapped, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); F(acquire); W(y, 1, relaxed); }, { R(a, y, relaxed); F(release); R(b, x, relaxed); }, {})
TEST2(MP_fence_too_late, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); F(release); }, { R(a, y, relaxed); R(b, x, relaxed); F(acquire); }, {})
TEST2(MP_light_heavy, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); LIGHT; W(y, 1, relaxed); }, { R(a, y, relaxed); HEAVY; R(b, x, relaxed); }, {})
TEST2(MP_heavy_light, "a=1 b=0", FORBIDDEN, { W(x, 1, relaxed); HEAVY; W(y, 1, relaxed); }, { R(a, y, relaxed); LIGHT; R(b, x, relaxed); }, {})
TEST2(MP_light_light, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); LIGHT; W(y, 1, relaxed); }, { R(a, y, relaxed); LIGHT; R(b, x, relaxed); }, {})
TEST2(MP_light_acq, "a=1 b=0", ALLOWED, { W(x, 1, relaxed); LIGHT; W(y, 1, relaxed); }, { R(a, y, acquire); R(b, x, relaxed); }, {})

/* ---- LB: load buffering, which the model excludes ---- */
TEST2(LB_rlx, "a=1 b=1", FORBIDDEN, { R(a, x, relaxed); W(y, 1, relaxed); }, { R(b, y, relaxed); W(x, 1, relaxed); }, {})
TEST2(LB_rlx_one, "a=1 b=0", ALLOWED, { R(a, x, relaxed); W(y, 1, relaxed); }, { R(b, y, relaxed); W(x, 1, relaxed); }, {})
TEST2(LB_acq_rel, "a=1 b=1", FORBIDDEN, { R(a, x, acquire); W(y, 1, release); }, { R(b, y, acquire); W(x, 1, release); }, {})
TEST2(LB_fences, "a=1 b=1", FORBIDDEN, { R(a, x, relaxed); F(seq_cst); W(y, 1, relaxed); }, { R(b, y, relaxed); F(seq_cst); W(x, 1, relaxed); }, {})

/* ---- S ---- */
TEST2(S_rlx, "x=2 a=1", ALLOWED, { W(x, 2, relaxed); W(y, 1, relaxed); }, { R(a, y, relaxed); W(x, 1, relaxed); }, { FINAL(x); })
TEST2(S_rel_acq, "x=2 a=1", FORBIDDEN, { W(x, 2, relaxed); W(y, 1, release); }, { R(a, y, acquire); W(x, 1, relaxed); }, { FINAL(x); })
TEST2(S_rel_acq_other, "x=1 a=1", ALLOWED, { W(x, 2, relaxed); W(y, 1, release); }, { R(a, y, acquire); W(x, 1, relaxed); }, { FINAL(x); })
TEST2(S_fences, "x=2 a=1", FORBIDDEN, { W(x, 2, relaxed); F(release); W(y, 1, relaxed); }, { R(a, y, relaxed); F(acquire); W(x, 1, relaxed); }, { FINAL(x); })
TEST2(S_fence_writer_only, "x=2 a=1", ALLOWED, { W(x, 2, relaxed); F(release); W(y, 1, relaxed); }, { R(a, y, relaxed); W(x, 1, relaxed); }, { FINAL(x); })

/* ---- R ---- */
TEST2(R_rlx, "y=2 a=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); }, { W(y, 2, relaxed); R(a, x, relaxed); }, { FINAL(y); })
TEST2(R_rel_acq, "y=2 a=0", ALLOWED, { W(x, 1, release); W(y, 1, release); }, { W(y, 2, release); R(a, x, acquire); }, { FINAL(y); })
TEST2(R_sc, "y=2 a=0", FORBIDDEN, { W(x, 1, seq_cst); W(y, 1, seq_cst); }, { W(y, 2, seq_cst); R(a, x, seq_cst); }, { FINAL(y); })
TEST2(R_fences_sc, "y=2 a=0", FORBIDDEN, { W(x, 1, relaxed); F(seq_cst); W(y, 1, relaxed); }, { W(y, 2, relaxed); F(seq_cst); R(a, x, relaxed); }, { FINAL(y); })
TEST2(R_fence_sc_one, "y=2 a=0", ALLOWED, { W(x, 1, relaxed); F(release); W(y, 1, relaxed); }, { W(y, 2, relaxed); F(seq_cst); R(a, x, relaxed); }, { FINAL(y); })

/* ---- 2+2W ---- */
TEST2(W22_rlx, "x=1 y=1", ALLOWED, { W(x, 1, relaxed); W(y, 2, relaxed); }, { W(y, 1, relaxed); W(x, 2, relaxed); }, { FINAL(x); FINAL(y); })
TEST2(W22_rel, "x=1 y=1", ALLOWED, { W(x, 1, release); W(y, 2, release); }, { W(y, 1, release); W(x, 2, release); }, { FINAL(x); FINAL(y); })
TEST2(W22_sc, "x=1 y=1", FORBIDDEN, { W(x, 1, seq_cst); W(y, 2, seq_cst); }, { W(y, 1, seq_cst); W(x, 2, seq_cst); }, { FINAL(x); FINAL(y); })
TEST2(W22_fences_sc, "x=1 y=1", FORBIDDEN, { W(x, 1, relaxed); F(seq_cst); W(y, 2, relaxed); }, { W(y, 1, relaxed); F(seq_cst); W(x, 2, relaxed); }, { FINAL(x); FINAL(y); })
TEST2(W22_fence_sc_one, "x=1 y=1", ALLOWED, { W(x, 1, relaxed); F(seq_cst); W(y, 2, relaxed); }, { W(y, 1, relaxed); F(release); W(x, 2, relaxed); }, { FINAL(x); FINAL(y); })

/* ---- IRIW: independent reads of independent writes ---- */
TEST4(IRIW_rlx, "a=1 b=0 c=1 d=0", ALLOWED, { W(x, 1, relaxed); }, { W(y, 1, relaxed); }, { R(a, x, relaxed); R(b, y, relaxed); }, { R(c, y, relaxed); R(d, x, relaxed); })
TEST4(IRIW_rel_acq, "a=1 b=0 c=1 d=0", ALLOWED, { W(x, 1, release); }, { W(y, 1, release); }, { R(a, x, acquire); R(b, y, acquire); }, { R(c, y, acquire); R(d, x, acquire); })
TEST4(IRIW_sc, "a=1 b=0 c=1 d=0", FORBIDDEN, { W(x, 1, seq_cst); }, { W(y, 1, seq_cst); }, { R(a, x, seq_cst); R(b, y, seq_cst); }, { R(c, y, seq_cst); R(d, x, seq_cst); })
TEST4(IRIW_sc_stores_acq, "a=1 b=0 c=1 d=0", ALLOWED, { W(x, 1, seq_cst); }, { W(y, 1, seq_cst); }, { R(a, x, acquire); R(b, y, acquire); }, { R(c, y, acquire); R(d, x, acquire); })
TEST4(IRIW_fences_sc, "a=1 b=0 c=1 d=0", FORBIDDEN, { W(x, 1, relaxed); }, { W(y, 1, relaxed); }, { R(a, x, relaxed); F(seq_cst); R(b, y, relaxed); }, { R(c, y, relaxed); F(seq_cst); R(d, x, relaxed); })
TEST4(IRIW_fences_acq_rel, "a=1 b=0 c=1 d=0", ALLOWED, { W(x, 1, relaxed); }, { W(y, 1, relaxed); }, { R(a, x, relaxed); F(acq_rel); R(b, y, relaxed); }, { R(c, y, relaxed); F(acq_rel); R(d, x, relaxed); })

/* ---- WRC, ISA2, RWC, W+RWC: three threads ---- */
TEST3(WRC_rlx, "a=1 b=1 c=0", ALLOWED, { W(x, 1, relaxed); }, { R(a, x, relaxed); W(y, 1, relaxed); }, { R(b, y, relaxed); R(c, x, relaxed); })
TEST3(WRC_rel_acq, "a=1 b=1 c=0", FORBIDDEN, { W(x, 1, release); }, { R(a, x, acquire); W(y, 1, release); }, { R(b, y, acquire); R(c, x, relaxed); })
TEST3(WRC_rlx_read_rel, "a=1 b=1 c=0", FORBIDDEN, { W(x, 1, relaxed); }, { R(a, x, relaxed); W(y, 1, release); }, { R(b, y, acquire); R(c, x, relaxed); })
TEST3(WRC_fences, "a=1 b=1 c=0", FORBIDDEN, { W(x, 1, relaxed); }, { R(a, x, relaxed); F(release); W(y, 1, relaxed); }, { R(b, y, relaxed); F(acquire); R(c, x, relaxed); })
TEST3(WRC_no_acquire, "a=1 b=1 c=0", ALLOWED, { W(x, 1, release); }, { R(a, x, acquire); W(y, 1, release); }, { R(b, y, relaxed); R(c, x, relaxed); })
TEST3(ISA2_rlx, "a=1 b=1 c=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, relaxed); }, { R(a, y, relaxed); W(z, 1, relaxed); }, { R(b, z, relaxed); R(c, x, relaxed); })
TEST3(ISA2_rel_acq, "a=1 b=1 c=0", FORBIDDEN, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); W(z, 1, release); }, { R(b, z, acquire); R(c, x, relaxed); })
TEST3(ISA2_rlx_middle, "a=1 b=1 c=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, relaxed); W(z, 1, release); }, { R(b, z, acquire); R(c, x, relaxed); })
TEST3(ISA2_fences, "a=1 b=1 c=0", FORBIDDEN, { W(x, 1, relaxed); F(release); W(y, 1, relaxed); }, { R(a, y, relaxed); F(acq_rel); W(z, 1, relaxed); }, { R(b, z, relaxed); F(acquire); R(c, x, relaxed); })
TEST3(RWC_rel_acq, "a=1 b=0 c=0", ALLOWED, { W(x, 1, release); }, { R(a, x, acquire); R(b, y, acquire); }, { W(y, 1, release); R(c, x, acquire); })
TEST3(RWC_sc, "a=1 b=0 c=0", FORBIDDEN, { W(x, 1, seq_cst); }, { R(a, x, seq_cst); R(b, y, seq_cst); }, { W(y, 1, seq_cst); R(c, x, seq_cst); })
TEST3(RWC_fences_sc, "a=1 b=0 c=0", FORBIDDEN, { W(x, 1, relaxed); }, { R(a, x, relaxed); F(seq_cst); R(b, y, relaxed); }, { W(y, 1, relaxed); F(seq_cst); R(c, x, relaxed); })
TEST3(W_RWC_rel_acq, "a=1 b=0 c=0", ALLOWED, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); R(b, z, relaxed); }, { W(z, 1, relaxed); F(seq_cst); R(c, x, relaxed); })
TEST3(W_RWC_fences_sc, "a=1 b=0 c=0", FORBIDDEN, { W(x, 1, relaxed); W(y, 1, release); }, { R(a, y, acquire); F(seq_cst); R(b, z, relaxed); }, { W(z, 1, relaxed); F(seq_cst); R(c, x, relaxed); })
TEST3(Z6U, "b=1 c=3 a=0", ALLOWED, { W(x, 1, seq_cst); W(y, 1, release); }, { A(b, y, 1, seq_cst); R(c, y, relaxed); }, { W(y, 3, seq_cst); R(a, x, seq_cst); })

/* ---- coherence ---- */
TEST2(CoRR, "a=2 b=1", FORBIDDEN, { W(x, 1, relaxed); W(x, 2, relaxed); }, { R(a, x, relaxed); R(b, x, relaxed); }, {})
TEST2(CoRR_forward, "a=1 b=2", ALLOWED, { W(x, 1, relaxed); W(x, 2, relaxed); }, { R(a, x, relaxed); R(b, x, relaxed); }, {})
TEST4(CoRR_two_writers, "a=1 b=2 c=2 d=1", FORBIDDEN, { W(x, 1, relaxed); }, { W(x, 2, relaxed); }, { R(a, x, relaxed); R(b, x, relaxed); }, { R(c, x, relaxed); R(d, x, relaxed); })
TEST2(CoWW, "x=1", FORBIDDEN, { W(x, 1, relaxed); W(x, 2, relaxed); }, {}, { FINAL(x); })
TEST2(CoWR_stale, "a=0", FORBIDDEN, { W(x, 1, relaxed); R(a, x, relaxed); }, { W(x, 2, relaxed); }, {})
TEST2(CoWR, "x=1 a=2", FORBIDDEN, { W(x, 1, relaxed); R(a, x, relaxed); }, { W(x, 2, relaxed); }, { FINAL(x); })
TEST2(CoRW_own, "a=1", FORBIDDEN, { R(a, x, relaxed); W(x, 1, relaxed); }, {}, {})
TEST2(CoRW, "x=2 a=2", FORBIDDEN, { R(a, x, relaxed); W(x, 1, relaxed); }, { W(x, 2, relaxed); }, { FINAL(x); })
TEST2(CoRW_other, "x=1 a=2", ALLOWED, { R(a, x, relaxed); W(x, 1, relaxed); }, { W(x, 2, relaxed); }, { FINAL(x); })

/* ---- read-modify-writes ---- */
TEST2(RMW_add_twice, "a=0 b=0", FORBIDDEN, { A(a, x, 1, relaxed); }, { A(b, x, 1, relaxed); }, {})
TEST2(RMW_add_order, "a=1 b=0", ALLOWED, { A(a, x, 1, relaxed); }, { A(b, x, 1, relaxed); }, {})
TEST2(RMW_store_lost, "x=1 a=0", FORBIDDEN, { A(a, x, 1, relaxed); }, { W(x, 5, relaxed); }, { FINAL(x); })
TEST2(RMW_store_after, "x=5 a=0", ALLOWED, { A(a, x, 1, relaxed); }, { W(x, 5, relaxed); }, { FINAL(x); })
TEST2(CAS_both, "a=0 b=0", FORBIDDEN, { C(a, x, 0, 1, relaxed, relaxed); }, { C(b, x, 0, 2, relaxed, relaxed); }, {})
TEST2(CAS_one, "a=0 b=1", ALLOWED, { C(a, x, 0, 1, relaxed, relaxed); }, { C(b, x, 0, 2, relaxed, relaxed); }, {})
TEST2(CAS_failure_rlx, "a=1 b=0", ALLOWED, { W(y, 1, relaxed); W(x, 1, release); }, { C(a, x, 5, 6, acq_rel, relaxed); R(b, y, relaxed); }, {})
TEST2(CAS_failure_acq, "a=1 b=0", FORBIDDEN, { W(y, 1, relaxed); W(x, 1, release); }, { C(a, x, 5, 6, acq_rel, acquire); R(b, y, relaxed); }, {})
TEST2(CAS_success_acq, "a=1 b=0", FORBIDDEN, { W(y, 1, relaxed); W(x, 1, release); }, { C(a, x, 1, 6, acquire, relaxed); R(b, y, relaxed); }, {})
TEST2(CAS_failure_not_release, "s=0 a=7 b=0", ALLOWED, { W(y, 1, relaxed); C(s, x, 9, 8, release, relaxed); W(x, 7, relaxed); }, { R(a, x, acquire); R(b, y, relaxed); }, {})
TEST2(CAS_weak_spurious, "x=0 a=0", ALLOWED, { CW(a, x, 0, 1, relaxed, relaxed); }, {}, { FINAL(x); })
TEST2(CAS_strong_no_spurious, "x=0 a=0", FORBIDDEN, { C(a, x, 0, 1, relaxed, relaxed); }, {}, { FINAL(x); })

/* ---- release sequences, C++20: the head and read-modify-writes only ---- */
TEST3(RS_rmw, "a=1 b=2 c=0", FORBIDDEN, { W(y, 1, relaxed); W(x, 1, release); }, { A(a, x, 1, relaxed); }, { R(b, x, acquire); R(c, y, relaxed); })
TEST3(RS_rmw_relaxed_head, "a=1 b=2 c=0", ALLOWED, { W(y, 1, relaxed); W(x, 1, relaxed); }, { A(a, x, 1, relaxed); }, { R(b, x, acquire); R(c, y, relaxed); })
TEST3(RS_fence_rmw, "a=1 b=2 c=0", FORBIDDEN, { W(y, 1, relaxed); F(release); W(x, 1, relaxed); }, { A(a, x, 1, relaxed); }, { R(b, x, acquire); R(c, y, relaxed); })
TEST3(RS_rmw_rmw, "s=1 a=2 b=3 c=0", FORBIDDEN, { W(y, 1, relaxed); W(x, 1, release); A(s, x, 1, relaxed); }, { A(a, x, 1, relaxed); }, { R(b, x, acquire); R(c, y, relaxed); })
TEST2(RS_own_store, "a=2 b=0", ALLOWED, { W(y, 1, relaxed); W(x, 1, release); W(x, 2, relaxed); }, { R(a, x, acquire); R(b, y, relaxed); }, {})
TEST2(RS_own_rmw, "s=1 a=2 b=0", FORBIDDEN, { W(y, 1, relaxed); W(x, 1, release); A(s, x, 1, relaxed); }, { R(a, x, acquire); R(b, y, relaxed); }, {})
TEST3(RS_foreign_store, "a=1 b=2 c=0", ALLOWED, { W(y, 1, relaxed); W(x, 1, release); }, { R(a, x, relaxed); W(x, 2, relaxed); }, { R(b, x, acquire); R(c, y, relaxed); })
