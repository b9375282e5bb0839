from storyforge.providers.wavespeed import WaveSpeed

from .suite import NO_PROMPT_BESIDE_A_FRAME, HostConformance


class TestWaveSpeed(HostConformance):
    provider = WaveSpeed
    may_go = NO_PROMPT_BESIDE_A_FRAME
