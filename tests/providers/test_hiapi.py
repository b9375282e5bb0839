from storyforge.providers.hiapi import HiApi

from .suite import NO_PROMPT_BESIDE_A_FRAME, HostConformance


class TestHiApi(HostConformance):
    provider = HiApi
    words = "[Image 1] greets [Image 2]."
    parameters = ("input",)
    may_go = NO_PROMPT_BESIDE_A_FRAME
